// The button that prints; nothing else on this page moves.
document.getElementById("print").addEventListener("click", () => window.print());
// Whoever comes back with the Back button shall not read a contact that is no longer theirs.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
