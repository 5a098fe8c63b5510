/** Before the modules: when one of them does not arrive (the network changed meanwhile), the page is loaded again. */
(() => {
  const TRIES = "classroom.loads";
  const MOST = 8;
  const tries = Number(sessionStorage.getItem(TRIES));
  /** @param {Event} event */
  const failed = (event) => {
    if (!(event.target instanceof HTMLScriptElement) || tries >= MOST) return;
    sessionStorage.setItem(TRIES, String(tries + 1));
    setTimeout(() => location.reload(), 500 * (tries + 1));
  };
  document.addEventListener("error", failed, true); // it does not bubble
  window.addEventListener("load", () => {
    if (document.getElementById("app")?.firstElementChild) sessionStorage.removeItem(TRIES);
  });
})();
