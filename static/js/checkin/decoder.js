// The worker that reads QR codes in pictures, so that the page goes on while it thinks.
//
// Its answer from the server, and no other, allows WebAssembly (config/headers.py). It fetches nothing: the page hands it
// the address of the library and the bytes of the WebAssembly. In: {library, wasm} once, then {frame} one at a time.
// Out: {isReady}, {refused: message}, and for each frame {texts}.
"use strict";

const OPTIONS = {
  formats: ["QRCode"],
  tryHarder: true,
  tryInvert: true, // white on black, as dark screens show it
  maxNumberOfSymbols: 2, // one to admit, or two to ask which
  textMode: "Plain",
};
let paper = null;

const prepare = async ({ library, wasm }) => {
  try {
    importScripts(library);
    await ZXingWASM.prepareZXingModule({ overrides: { wasmBinary: wasm }, fireImmediately: true });
    postMessage({ isReady: true });
  } catch (error) {
    postMessage({ refused: String(error) });
  }
};

const pixels = (frame) => {
  if (paper?.canvas.width !== frame.width || paper.canvas.height !== frame.height) {
    paper = new OffscreenCanvas(frame.width, frame.height).getContext("2d", { willReadFrequently: true });
  }
  paper.drawImage(frame, 0, 0);
  frame.close();
  return paper.getImageData(0, 0, paper.canvas.width, paper.canvas.height);
};

const read = async (frame) => {
  let found = [];
  try {
    found = await ZXingWASM.readBarcodes(pixels(frame), OPTIONS);
  } catch {
    // A picture that cannot be read is a picture without a code; the next one comes at once.
  }
  const codes = found.filter((one) => one.isValid && one.text);
  codes.sort((one, other) => one.position.topLeft.x - other.position.topLeft.x); // as they stand in the picture
  postMessage({ texts: codes.map((one) => one.text) });
};

addEventListener("message", ({ data }) => (data.frame ? read(data.frame) : prepare(data)));
