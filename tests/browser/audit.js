// What a page need not be asked twice. Three quarters of axe's time go into contrast, element by element, and most of the
// rest into reading the page anew at each size.
(() => {
  const rule = axe._audit.rules.find(({ id }) => id === "color-contrast");
  const check = axe._audit.checks["color-contrast"];
  const { matches } = rule;
  const { evaluate } = check;
  const { isVisibleOnScreen } = axe.commons.dom;
  // The looks that passed, and those of them that the tests do not know yet.
  const passed = new Set();
  let learned = [];
  // What axe could not tell, and found no fault with, in the dark.
  const inOrder = new Set();
  let shown = [];
  let grounds = new WeakMap();
  let looks = new WeakMap();
  let rectangles = new WeakMap();
  let painted = null;

  const rectangle = (element) => {
    if (!rectangles.has(element)) rectangles.set(element, element.getBoundingClientRect());
    return rectangles.get(element);
  };
  // Whether an element may lie over what is no ancestor of it.
  const isPlaced = (style) =>
    style.position !== "static" || style.transform !== "none" || style.zIndex !== "auto" ||
    style.gridRowStart !== "auto" || style.gridColumnStart !== "auto" || style.margin.includes("-");

  // What an element and all around it paint, down to what nothing shines through; `places` tells which of them are a
  // ground of their own.
  const ground = (element) => {
    if (!element) return { paint: "", places: "", boxes: [], isMixed: false };
    if (!grounds.has(element)) {
      const style = getComputedStyle(element);
      const above = ground(element.parentElement);
      const filter = style.filter.startsWith("drop-shadow(") ? "none" : style.filter;
      const mixes = `${style.opacity} ${filter} ${style.mixBlendMode}`;
      const fills = `${style.backgroundColor} ${style.backgroundImage}`;
      const isEmpty = fills === "rgba(0, 0, 0, 0) none";
      const isMixed = above.isMixed || mixes !== "1 none normal";
      const hides = /^(rgb|oklch)\([^/]*\) none$/.test(fills) && !isMixed;
      const { paint, boxes } = hides ? { paint: "", boxes: [] } : above;
      grounds.set(element, {
        paint: isEmpty && mixes === "1 none normal" ? paint : `${paint}|${fills} ${mixes}`,
        places: above.places + (isPlaced(style) ? `|${element.tagName}.${element.className}#${element.id}` : ""),
        boxes: isEmpty ? boxes : [...boxes, element],
        isMixed,
      });
    }
    return grounds.get(element);
  };
  // Whether an element lies on what its ancestors paint, and on nothing else: then it does so on any page.
  const isOnItsGround = (element) => {
    const { left, top, right, bottom } = rectangle(element);
    if (element.clientWidth && element.scrollWidth > element.clientWidth + 1) return false;
    painted ??= inSight().filter((one) => ground(one).boxes.at(-1) === one || one.matches("img, svg, video, canvas"));
    return painted.every((one) => {
      if (one === element || one.matches("body, html")) return true;
      const its = rectangle(one);
      if (one.contains(element)) {
        const isAround = left > its.left - 1 && right < its.right + 1 && top > its.top - 1 && bottom < its.bottom + 1;
        return isAround || !ground(element).boxes.includes(one);
      }
      const isApart = left > its.right - 1 || its.left > right - 1 || top > its.bottom - 1 || its.top > bottom - 1;
      return isApart || element.contains(one);
    });
  };
  // 53 bits of a text.
  const number = (text) => {
    let [one, two] = [0xdeadbeef, 0x41c6ce57];
    for (let at = 0; at < text.length; at += 1) {
      one = Math.imul(one ^ text.charCodeAt(at), 2654435761);
      two = Math.imul(two ^ text.charCodeAt(at), 1597334677);
    }
    one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
    two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
    return 4294967296 * (2097151 & two) + (one >>> 0);
  };
  // A number for what looks the same on every page; a text where that is true of this page alone.
  const look = (element) => {
    if (!looks.has(element)) {
      const style = getComputedStyle(element);
      const letters = [style.color, style.webkitTextFillColor, style.webkitTextStroke, style.textShadow];
      const { paint, places } = ground(element);
      // To axe a single letter may be a picture.
      const text = [...letters, style.fontSize, style.fontWeight, element.textContent.trim().length > 1, paint].join(" ");
      looks.set(element, isOnItsGround(element) ? number(text) : `${text} ${places}`);
    }
    return looks.get(element);
  };
  // What axe measures, at most.
  const UNREAD = ["hidden", "range", "color", "checkbox", "radio", "image"].map((type) => `[type=${type}]`);
  const FIELDS = `select, textarea, input:not(${UNREAD})`;
  const hasText = (element) =>
    element.matches(FIELDS) ||
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

  // The same colours on the same ground, in letters of the same size and weight, are measured until they passed once: a
  // table of a hundred rows costs what one row does, and the head of all pages what one page does. What fails or cannot
  // be told is looked at each time.
  rule.matches = function (element, ...rest) {
    return hasText(element) && !passed.has(look(element)) && matches.call(this, element, ...rest);
  };
  check.evaluate = function (element, ...rest) {
    const mine = look(element);
    if (passed.has(mine)) return true;
    const result = evaluate.call(this, element, ...rest);
    // What is not on the screen passes without being measured.
    if (result === true && isVisibleOnScreen(element)) {
      passed.add(mine);
      if (typeof mine === "number") learned.push(mine);
    }
    return result;
  };

  const inSight = () => [...document.querySelectorAll("*")].filter((one) => one.checkVisibility({ visibilityProperty: true }));
  const isOutside = (element) => {
    const { left, top, width, height } = rectangle(element);
    return left + scrollX + width <= 0 || top + scrollY + height <= 0 || (width <= 1 && height <= 1);
  };
  // A link that stands in a text and is told from it by its colour, or may be.
  const isLinkInText = (element) => {
    if (!element.matches("a[href], [role=link]")) return false;
    const style = getComputedStyle(element);
    if (style.display !== "inline" || style.textDecorationLine.includes("underline")) return false;
    let around = element.parentElement;
    while (getComputedStyle(around).display === "inline") around = around.parentElement;
    return around.textContent.trim() !== element.textContent.trim();
  };
  const isInDoubt = (element) => {
    if (isLinkInText(element)) return true;
    if (!hasText(element) || element.matches("option, :disabled, :disabled *") || isOutside(element)) return false;
    return !passed.has(look(element));
  };
  // That a link or a few words are gone leaves all around them what it was, unless they give it its name.
  const NAMED = "h1, h2, h3, h4, h5, h6, label, legend, caption, th, summary, button, [role], [aria-live]";
  const isLittle = (element) => {
    if (element.matches("svg[aria-hidden=true]")) return true;
    const isLink = element.matches("a[href]");
    const isWords = element.matches("span, bdi, small") && !element.closest("a[href]");
    const isPlain = !element.closest(NAMED) && !element.matches("[id]");
    return (isLink || isWords) && isPlain && !element.querySelector(`${NAMED}, [id], [tabindex], input`);
  };
  const isPart = (now, before) => {
    const [mine, its] = [new Set(now), new Set(before)];
    const isGone = (one) => !mine.has(one) && (mine.has(one.parentElement) ? isLittle(one) : isGone(one.parentElement));
    return now.every((one) => its.has(one)) && before.every((one) => mine.has(one) || isGone(one));
  };

  const begin = () => {
    grounds = new WeakMap();
    looks = new WeakMap();
    rectangles = new WeakMap();
    painted = null;
    learned = [];
  };
  const run = (rules) => axe.run(rules).then(({ violations }) => ({ violations, learned }));

  globalThis.audit = {
    know(keys) {
      keys.forEach((key) => passed.add(key));
    },

    all(rules) {
      begin();
      return run(rules);
    },

    // At one of several sizes. Where just the elements are in sight that were at one before, but for some links, only rules
    // of layout can find what they did not find there.
    size([rules, rulesOfLayout, isFirst]) {
      begin();
      if (isFirst) shown = [];
      const now = inSight();
      if (shown.some((before) => isPart(now, before))) return run(rulesOfLayout);
      shown.push(now);
      return run(rules);
    },

    // In the dark. Where nothing looks as it did not when all was in order, all is in order.
    async colours(rules) {
      begin();
      const doubts = inSight().filter(isInDoubt).map((one) => `${look(one)} of ${look(one.parentElement)}`);
      if (doubts.every((one) => inOrder.has(one))) return { violations: [], learned };
      const found = await run(rules);
      if (!found.violations.length) doubts.forEach((one) => inOrder.add(one));
      return found;
    },
  };
})();
