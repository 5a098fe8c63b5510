/** The inspectors' page: reads the link, remembers it for the tab, and shows all rooms. */
import { claims } from "./entry.js";
import { browser } from "./env.js";
import { language, t } from "./i18n/i18n.js";
import { Supervision } from "./supervision.js";
import { stoppedPage } from "./ui/ending.js";
import { superviseList } from "./ui/supervise.js";

const TOKEN = "classroom.supervisor";

const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  sessionStorage.setItem(TOKEN, given);
  history.replaceState(null, "", location.pathname + location.search); // a token does not stay in the address bar
}
const token = sessionStorage.getItem(TOKEN) ?? "";
const said = claims(token);
const allowed = said.role === "observer" && !said.room; // the server checks it again

const supervision = new Supervision({ token, env: browser, onChange: route });
Object.assign(window, { supervision }); // for the console and the browser tests
/** @type {{element: HTMLElement, refresh: () => void, stop: () => void}|null} */
let list = null;

function build() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.title = [t("watch.title"), t("brand")].join(" · ");
  list?.stop();
  list = allowed && supervision.over !== "token" ? superviseList(supervision, said.name ?? "", build) : null;
  document.body.dataset.state = list ? "supervise" : "closed";
  const why = token && allowed ? "token" : "no_inspector";
  document.getElementById("app")?.replaceChildren(list?.element ?? stoppedPage(why, null, null, build).element);
}

function route() {
  if (supervision.over === "token") build();
  else list?.refresh();
}

document.addEventListener("visibilitychange", () => supervision.pause(document.hidden));
window.addEventListener("online", () => void supervision.ask());
window.addEventListener("hashchange", () => location.reload()); // another link in the same tab
build();
if (allowed) void supervision.ask();
