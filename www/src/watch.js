/**
 * Watches the page itself: what the policy refused, and what was requested all the same. Works from its import on,
 * which comes before all others.
 */

class Watch extends EventTarget {
  /** What was refused, in the order of it: `connect-src https://…`. @type {string[]} */
  violations = [];

  constructor() {
    super();
    // The policy does not govern WebRTC, so the page gives it up.
    for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel"]) {
      delete (/** @type {any} */ (globalThis)[name]);
    }
    document.addEventListener("securitypolicyviolation", (event) => {
      this.violations.push(`${event.effectiveDirective} ${event.blockedURI || "inline"}`);
      this.dispatchEvent(new Event("change"));
    });
  }

  /** Requests that left the page; its own blob: and data: addresses are memory. */
  requests() {
    return performance.getEntriesByType("resource").filter((entry) => !/^(blob|data):/.test(entry.name)).length;
  }
}

export const watch = new Watch();
