/** The workspace's time zone, as the page says it: the same clock as in every sentence the server writes. */
export const timeZone: string | undefined =
  (typeof document !== "undefined" && document.documentElement.dataset.zone) || undefined;
