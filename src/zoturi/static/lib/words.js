// Words and facts the server wrote into the page; sentences live in the templates.

const read = (id) => JSON.parse(document.getElementById(id)?.textContent || "{}");

export const words = read("words");
export const page = read("page");

/** Fills %(name)s in a sentence. */
export const fill = (sentence, values = {}) => sentence.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");

/** The plural form for n, by the server's table for 0…199, filled. */
export function plural(forms, n, values = {}) {
  return fill(forms[page.plural_index[n < 200 ? n : (n % 100) + 100]] ?? forms[0], { n, ...values });
}

/** "18.32": an ISO time in the pattern of the page's language and the reader's own time zone. */
export function clock(at) {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return "";
  const two = (n) => String(n).padStart(2, "0");
  const parts = { HH: two(time.getHours()), H: time.getHours(), mm: two(time.getMinutes()) };
  return (page.clock_pattern || "HH:mm").replace(/HH|H|mm/g, (part) => parts[part]);
}
