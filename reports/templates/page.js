"use strict";
(function () {
  var root = document.documentElement;
  window.onerror = function (message) {
    root.setAttribute("data-js-error", String(message));
  };
  root.classList.add("js");

  // Theme: the system's until someone asks for the other one.
  var dark = window.matchMedia && window.matchMedia("(prefers-color-scheme: dark)").matches;
  function remembered() {
    try { return window.localStorage.getItem("stageproof-theme"); } catch (error) { return null; }
  }
  function wear(theme) {
    root.setAttribute("data-theme", theme);
    try { window.localStorage.setItem("stageproof-theme", theme); } catch (error) { /* private window */ }
  }
  var worn = remembered();
  if (worn === "dark" || worn === "light") { root.setAttribute("data-theme", worn); }
  document.getElementById("theme").addEventListener("click", function () {
    var now = root.getAttribute("data-theme") || (dark ? "dark" : "light");
    wear(now === "dark" ? "light" : "dark");
  });
  root.setAttribute("data-themed", "true");
})();
