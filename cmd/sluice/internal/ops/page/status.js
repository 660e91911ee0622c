"use strict";
// Fetches the page again every five seconds and puts its main part in place of
// the one that is shown. What is open stays open, what has the focus keeps it.
(() => {
  const every = 5000;
  const pause = document.getElementById("pause");
  const at = document.getElementById("at");
  let paused = false;

  async function refresh() {
    const answer = await fetch("?format=html", { cache: "no-store", signal: AbortSignal.timeout(every) });
    if (!answer.ok) throw new Error(answer.statusText);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (paused) return;
    const main = next.querySelector("main");
    for (const open of document.querySelectorAll("details[open]")) {
      main.querySelector("#" + open.id)?.setAttribute("open", "");
    }
    const focused = document.activeElement?.closest("details")?.id;
    document.querySelector("main").replaceWith(document.adoptNode(main));
    if (focused) document.querySelector("#" + focused + " > summary")?.focus({ preventScroll: true });
    document.title = next.title;
    document.getElementById("icon").href = next.getElementById("icon").href;
    at.textContent = next.getElementById("at").textContent;
    at.classList.remove("late");
  }

  async function turn() {
    if (!paused && !document.hidden) {
      try {
        await refresh();
      } catch {
        if (!at.classList.contains("late")) at.textContent = "no answer, " + at.textContent;
        at.classList.add("late");
      }
    }
    setTimeout(turn, every);
  }

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Go on" : "Pause";
  });
  setTimeout(turn, every);
})();
