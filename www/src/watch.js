/**
 * Watches the page itself: requests that the policy refused, and requests that were made. It is imported first, and works
 * from then on.
 */

class Watch extends EventTarget {
  /** Refusals in order: `connect-src https://…`. @type {string[]} */
  violations = [];

  constructor() {
    super();
    // The policy does not govern WebRTC, so the page removes it.
    for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel"]) {
      delete (/** @type {any} */ (globalThis)[name]);
    }
    document.addEventListener("securitypolicyviolation", (event) => {
      this.violations.push(`${event.effectiveDirective} ${event.blockedURI || "inline"}`);
      this.dispatchEvent(new Event("change"));
    });
  }

  /** Requests that left the page. Its own blob: and data: addresses are memory. */
  requests() {
    return performance.getEntriesByType("resource").filter((entry) => !/^(blob|data):/.test(entry.name)).length;
  }
}

export const watch = new Watch();
