// Where a phone's keyboard lies over the page (iPhones), the writing box and the exit stand above it.

/** Keeps `composer` above the keyboard, and lets CSS know while there is one. */
export function liftAbove(composer) {
  const seen = window.visualViewport;
  const lift = () => {
    const under = seen.scale === 1 ? Math.max(0, innerHeight - seen.height - seen.offsetTop) : 0;
    composer.style.setProperty("--under", `${under}px`);
    composer.toggleAttribute("data-lifted", under > 0);
  };
  for (const kind of seen ? ["resize", "scroll"] : []) seen.addEventListener(kind, lift);
}
