/**
 * Watches the page itself: requests that the policy refused, and requests that were made. It is imported first, and works
 * from then on.
 */

const WEBRTC = ["RTCPeerConnection", "webkitRTCPeerConnection", "mozRTCPeerConnection", "RTCDataChannel"];

/** @param {any} frame a window, or a document in one */
function removeWebRtc(frame) {
  try {
    const scope = frame && "defaultView" in frame ? frame.defaultView : frame;
    for (const name of WEBRTC) delete scope?.[name];
  } catch {
    // The window of another origin: the policy loads none, and its APIs are not within reach.
  }
}

/**
 * Removes WebRTC from the window of each frame before a script gets that window from its element, and from all frames after
 * each change of the document. The page itself has no frame.
 */
function guardFrames() {
  const hosts = [HTMLIFrameElement, globalThis.HTMLFrameElement, HTMLObjectElement, HTMLEmbedElement];
  for (const host of hosts) {
    for (const name of ["contentWindow", "contentDocument", "getSVGDocument"]) {
      const own = host && Object.getOwnPropertyDescriptor(host.prototype, name);
      const read = own?.get;
      if (!read) continue;
      Object.defineProperty(host.prototype, name, {
        ...own,
        get() {
          const value = read.call(this);
          removeWebRtc(value);
          return value;
        },
      });
    }
  }
  const all = () => {
    for (let index = 0; index < window.length; index += 1) removeWebRtc(window[index] ?? null);
  };
  new MutationObserver(all).observe(document, { subtree: true, childList: true });
  document.addEventListener("load", all, true);
  // A window of its own would have all APIs.
  window.open = () => null;
}

class Watch extends EventTarget {
  /** Refusals in order: `connect-src https://…`. @type {string[]} */
  violations = [];

  constructor() {
    super();
    // The policy does not govern WebRTC, so the page removes it, from its frames too, which have APIs of their own.
    removeWebRtc(window);
    guardFrames();
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
