// Small ways with the page. Everything goes in as text: no markup is ever built from words.

export const byId = (id) => document.getElementById(id);
export const clone = (id) => byId(id).content.firstElementChild.cloneNode(true);
export const part = (root, name) => root.querySelector(`[data-part="${name}"]`);

/** Writes only what differs: an untouched text keeps its selection, and screen readers stay quiet. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function show(node, yes) {
  if (node.hidden === yes) node.hidden = !yes;
}

/** A sentence with its number in bold, wherever the language puts it. */
export function writeNumber(node, sentence, number) {
  const whole = sentence.replace("%(n)s", number).replace("%(time)s", number);
  if (node.textContent === whole) return;
  const [before, after = ""] = sentence.split(/%\((?:n|time)\)s/);
  const bold = document.createElement("b");
  bold.textContent = number;
  node.replaceChildren(before, bold, after);
}

/**
 * Makes the list show one element a key, in this order. Elements stay the same; the one that holds the focus is never
 * moved, the others move around it, so neither focus nor scroll position is lost.
 */
export function arrange(list, keys, make) {
  const known = new Map([...list.children].map((item) => [item.dataset.key, item]));
  for (const [key, item] of known) {
    if (keys.includes(key)) continue;
    if (item.contains(document.activeElement)) list.dispatchEvent(new CustomEvent("focuslost", { bubbles: true }));
    item.remove();
  }
  const items = keys.map((key) => {
    const item = known.get(key) ?? make(key);
    item.dataset.key = key;
    return item;
  });
  if (!items.length) return items;
  const still = Math.max(0, items.findIndex((item) => item.contains(document.activeElement)));
  if (items[still].parentNode !== list) list.append(items[still]);
  for (let i = still - 1; i >= 0; i -= 1) if (items[i].nextElementSibling !== items[i + 1]) items[i + 1].before(items[i]);
  for (let i = still + 1; i < items.length; i += 1) if (items[i].previousElementSibling !== items[i - 1]) items[i - 1].after(items[i]);
  return items;
}
