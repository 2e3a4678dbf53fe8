/* A page that waits for an answer looks by itself whether it is there, and shows it without a press. Without this file
   the page's own refresh does the same. */
(() => {
  "use strict";
  const waiting = document.querySelector("[data-look-again]");
  if (!waiting) return;
  const every = Number(waiting.dataset.lookAgain) * 1000;
  const look = async () => {
    try {
      const reply = await fetch(location.href, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (reply.ok && (await reply.json()).is_done) {
        location.reload();
        return;
      }
    } catch {
      /* no signal: wait on */
    }
    setTimeout(look, every);
  };
  setTimeout(look, every);
})();
