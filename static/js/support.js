// A classic script in old JavaScript: it speaks to those whom the modules can't. It says so where a
// browser is too old for the site, and where a page that needs its scripts did not begin. A module
// that has begun says that in <html data-begun>.
(function () {
  // The last thing that every browser of README's table learnt; whoever has it has all the others.
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

  // A deferred script runs before the modules that follow it. Without the frame and what they start
  // from, they end at once and mark nothing as read that nobody sees.
  if (isOld) {
    remove(document.querySelector(".app"));
    remove(document.getElementById("bootstrap"));
    tell("too-old");
  }

  // By then every module has run, or never will.
  addEventListener("load", function () {
    if (!isOld && !document.documentElement.hasAttribute("data-begun")) tell("not-begun");
  });
})();
