"""axe-core inside the page, as a user of assistive technology would judge it."""

from pathlib import Path

import axe_playwright_python
from playwright.async_api import Page

SOURCE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What changes with the colour scheme; all else is judged once for each width.
COLOURS = ["color-contrast", "link-in-text-block"]

# What never ends (the breathing light) or stands still is not waited for.
_SETTLED = """async () => {
  const ending = document.getAnimations().filter((one) =>
    one.playState === "running" && one.effect.getComputedTiming().endTime < 2000);
  const enough = new Promise((done) => setTimeout(done, 2000));
  await Promise.race([enough, Promise.allSettled(ending.map((one) => one.finished))]);
}"""

_RUN = """async (only) => {
  const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
  // What lies half under a bar at the edge of the window comes out from under it by scrolling.
  const real = (one, node) => one.id !== "target-size" || !node.failureSummary.includes("partially obscured");
  const said = (one, node) => `${one.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`;
  return found.violations.flatMap((one) =>
    one.nodes.filter((node) => real(one, node)).map((node) => said(one, node)));
}"""


async def violations(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe finds wrong on the page as it stands, one line each."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(SOURCE)
    only = {"type": "rule", "values": COLOURS} if colours_only else {"type": "tag", "values": STANDARDS}
    return await page.evaluate(_RUN, only)


async def settled(page: Page) -> None:
    """Waits until nothing moves any more: a colour half-way through its change is nobody's colour."""
    await page.evaluate(_SETTLED)
