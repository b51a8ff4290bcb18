// Return codes in what somebody writes: four groups of four characters whose last one fits the others.

const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS = /(?:^|[^0-9A-Za-z])((?:[0-9A-Za-z]{4}[\s\-–]?){3}[0-9A-Za-z]{4})(?![0-9A-Za-z])/g;

/** Multiplies in the field of 32 elements, as the server does. */
function times(a, b) {
  let product = 0;
  for (; b; b >>= 1, a <<= 1) {
    if (a & 32) a ^= 0b100101;
    if (b & 1) product ^= a;
  }
  return product;
}

function fits(written) {
  const code = written.replace(/[^0-9A-Za-z]/g, "").toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1");
  let weight = 1;
  let total = 0;
  for (const sign of code.slice(0, -1)) {
    weight = times(weight, 2);
    total ^= times(weight, SIGNS.indexOf(sign));
  }
  return !code.includes("U") && SIGNS[total] === code.slice(-1);
}

/** Whether a text holds a return code: nobody should hand theirs out by mistake. */
export const holdsCode = (text) => [...text.matchAll(GROUPS)].some(([, found]) => /\d/.test(found) && fits(found));
