// Keeps the page at the present: the server says which sections have changed and how they read now.
// Elements are changed in place, so that focus, selection, scrolling and what was unfolded stay.
"use strict";

(() => {
  const live = document.getElementById("live");
  const version = document.body.dataset.version;
  const silentFor = 40000; // a stream says something every 15 seconds
  const retryAfter = 5000;
  let stream = null;
  let heard = 0;
  let at = "";

  const say = (tone, text) => {
    live.dataset.tone = tone;
    if (live.firstElementChild.textContent !== text) live.firstElementChild.textContent = text;
  };

  const sameKind = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName;

  const takeAttributes = (from, to) => {
    for (const { name } of [...to.attributes])
      // What the reader has unfolded stays so.
      if (!from.hasAttribute(name) && !(to.nodeName === "DETAILS" && name === "open"))
        to.removeAttribute(name);
    for (const { name, value } of [...from.attributes])
      if (to.getAttribute(name) !== value) to.setAttribute(name, value);
  };

  const become = (to, from) => {
    if (to.nodeType === Node.TEXT_NODE) {
      if (to.data !== from.data) to.data = from.data;
      return;
    }
    takeAttributes(from, to);
    const wanted = [...from.childNodes];
    const present = [...to.childNodes];
    wanted.forEach((child, i) => {
      if (i >= present.length) to.appendChild(document.importNode(child, true));
      else if (sameKind(present[i], child)) become(present[i], child);
      else to.replaceChild(document.importNode(child, true), present[i]);
    });
    present.slice(wanted.length).forEach((child) => child.remove());
  };

  const showSections = (sections) => {
    for (const [id, html] of Object.entries(sections)) {
      const now = new DOMParser().parseFromString(html, "text/html").getElementById(id);
      const shown = document.getElementById(id);
      if (now && shown) become(shown, now);
    }
    const { title, tone } = document.getElementById("verdict").dataset;
    if (document.title !== title) document.title = title;
    const icon = document.querySelector("link[rel=icon]");
    const wanted = `icon-${tone}.svg`;
    if (icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
  };

  const lost = () => {
    if (stream) stream.close();
    stream = null;
    say("lost", at ? `Not live: no contact since ${at}` : "Not live: no contact");
    document.documentElement.classList.add("stale");
  };

  const connect = () => {
    stream = new EventSource("events");
    heard = Date.now();
    stream.addEventListener("sections", (event) => {
      const told = JSON.parse(event.data);
      // The daemon was renewed: its page may be another one.
      if (told.version !== version) return location.reload();
      heard = Date.now();
      at = told.at;
      showSections(told.sections);
      document.documentElement.classList.remove("stale");
      say("live", "Live");
    });
    stream.addEventListener("beat", () => {
      heard = Date.now();
    });
    stream.addEventListener("error", lost);
  };

  setInterval(() => {
    if (stream && Date.now() - heard > silentFor) lost();
    else if (!stream) connect();
  }, retryAfter);
  connect();
})();
