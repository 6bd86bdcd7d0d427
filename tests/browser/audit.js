// What a page need not be asked twice. Three quarters of axe's time go into contrast, element by element, and most of the
// rest into reading the page anew at each size.
(() => {
  const rule = axe._audit.rules.find(({ id }) => id === "color-contrast");
  const check = axe._audit.checks["color-contrast"];
  const { matches } = rule;
  const { evaluate } = check;
  const passed = new Set();
  const inOrder = new Set();
  let shown = [];
  let grounds = new WeakMap();

  // Whether an element may lie over what is no ancestor of it.
  const isPlaced = (style) =>
    style.position !== "static" || style.transform !== "none" || style.zIndex !== "auto" ||
    style.gridRowStart !== "auto" || style.gridColumnStart !== "auto" || style.margin.includes("-");

  // What an element and all around it paint. One that is placed is a ground of its own.
  const ground = (element) => {
    if (!element) return "";
    if (!grounds.has(element)) {
      const style = getComputedStyle(element);
      const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.mixBlendMode].join(" ");
      const place = isPlaced(style) ? `${element.tagName}.${element.className}#${element.id}` : "";
      const isPlain = own === "rgba(0, 0, 0, 0) none 1 none normal" && !place;
      grounds.set(element, ground(element.parentElement) + (isPlain ? "" : `|${own} ${place}`));
    }
    return grounds.get(element);
  };
  const look = (element) => {
    const style = getComputedStyle(element);
    const letters = [style.color, style.fontSize, style.fontWeight, style.textShadow, style.webkitTextFillColor, style.webkitTextStroke];
    // To axe a single letter may be a picture; links in a text are told from it by more than their colour.
    return [...letters, style.textDecorationLine, element.textContent.trim().length > 1, ground(element)].join(" ");
  };

  // The same colours on the same ground, in letters of the same size and weight, are measured until they passed once: a
  // table of a hundred rows costs what one row does. What fails or cannot be told is looked at each time.
  rule.matches = function (element, ...rest) {
    return !passed.has(look(element)) && matches.call(this, element, ...rest);
  };
  check.evaluate = function (element, ...rest) {
    const mine = look(element);
    const result = passed.has(mine) || evaluate.call(this, element, ...rest);
    if (result === true) passed.add(mine);
    return result;
  };

  const inSight = () => [...document.querySelectorAll("*")].filter((one) => one.checkVisibility({ visibilityProperty: true }));
  const run = (rules) => axe.run(rules).then(({ violations }) => violations);

  globalThis.audit = {
    all(rules) {
      grounds = new WeakMap();
      return run(rules);
    },

    // At one of several sizes. Where just the elements are in sight that were at one before, only rules of layout can find
    // what they did not find there.
    size([rules, rulesOfLayout, isFirst]) {
      grounds = new WeakMap();
      if (isFirst) shown = [];
      const now = inSight();
      const isKnown = shown.some((before) => before.length === now.length && before.every((one, at) => one === now[at]));
      shown.push(now);
      return run(isKnown ? rulesOfLayout : rules);
    },

    // In the dark. Where nothing looks as it did not when all was in order, all is in order.
    async colours(rules) {
      grounds = new WeakMap();
      const looks = inSight().map((one) => `${look(one)} of ${one.parentElement && look(one.parentElement)}`);
      if (looks.every((one) => inOrder.has(one))) return [];
      const found = await run(rules);
      if (!found.length) looks.forEach((one) => inOrder.add(one));
      return found;
    },
  };
})();
