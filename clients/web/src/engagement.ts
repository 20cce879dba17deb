// How long a page was looked at, and how far down.

let since = 0;
let engagedMs = 0;
let bottom = 0;
let height = 0;
let toldScroll = 0;

/** Adds the time since the last call, if the page was shown and had the focus. */
function tick(): void {
  const now = performance.now();
  if (since) engagedMs += now - since;
  since = !document.hidden && document.hasFocus() ? now : 0;
}

function measure(): void {
  height = (document.scrollingElement || document.documentElement).scrollHeight;
  bottom = Math.max(bottom, scrollY + innerHeight);
}

/** Begins a page. It is measured after a moment, since an application draws and scrolls after it changed the route. */
export function begin(): void {
  tick();
  engagedMs = toldScroll = bottom = 0;
  setTimeout(measure, 300);
}

/** Engagement since the last time it was told, if it grew by three seconds or by depth. After a change of the route
 * (`moved`) the page that is measured could be the next one already. */
export function engagement(moved?: boolean): { scroll: number; engaged_ms: number } | undefined {
  tick();
  if (!bottom || !moved) measure();
  const scroll = Math.min(100, Math.round((bottom / height) * 100) || 0);
  if (scroll <= toldScroll && engagedMs < 3e3) return;
  const told = { scroll, engaged_ms: Math.round(engagedMs) };
  toldScroll = Math.max(scroll, toldScroll);
  engagedMs = 0;
  return told;
}

/** Listens on the window. */
export function on<Name extends keyof WindowEventMap>(name: Name, listen: (event: WindowEventMap[Name]) => void): void {
  addEventListener(name, listen);
}

/** Measures from now on; calls `pause` when the page loses the focus, is hidden or left. */
export function watch(pause: () => void): void {
  on('scroll', measure);
  on('load', measure);
  on('focus', tick);
  on('blur', pause);
  on('pagehide', pause);
  // It bubbles up from the document.
  on('visibilitychange' as 'focus', () => (document.hidden ? pause() : tick()));
}
