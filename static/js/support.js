// A classic script in old JavaScript, for those whom the modules can't reach. It says when a
// browser is too old for the site, and when a page that needs its scripts didn't start. A module
// that started sets <html data-begun>. The settings need no scripts.
(function () {
  // The newest feature that every browser in README's table has: one that has it has all the
  // others.
  var isOld = !("showPopover" in HTMLElement.prototype);

  /** @param {string} id */
  function tell(id) {
    var notice = document.getElementById(id);
    if (notice) notice.hidden = false;
  }

  /** @param {Element | null} element */
  function remove(element) {
    if (element && element.parentNode) element.parentNode.removeChild(element);
  }

  var isPlain = document.querySelector(".settings") !== null;

  // A deferred script runs before the modules after it. Without the frame and their data, they end
  // at once and mark nothing as read that nobody sees.
  if (isOld) {
    if (!isPlain) remove(document.querySelector(".app"));
    remove(document.getElementById("bootstrap"));
    tell("too-old");
  }

  // By then every module has run, or never will.
  addEventListener("load", function () {
    if (!isOld && !isPlain && !document.documentElement.hasAttribute("data-begun"))
      tell("not-begun");
  });
})();
