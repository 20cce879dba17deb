/** What is held, as names and words: whatever is nested stands beside what is around it. */

export function flat(of: Record<string, unknown>, before = ""): [string, string][] {
  return Object.entries(of).flatMap(([key, value]): [string, string][] => {
    const name = `${before}${key.replaceAll("_", " ")}`;
    if (Array.isArray(value)) return [[name, value.length > 0 ? value.join(", ") : "none"]];
    if (value === null || value === undefined) return [[name, "none"]];
    if (typeof value === "object") {
      const inner = Object.entries(value);
      return inner.length > 0 ? flat(value as Record<string, unknown>, `${name}: `) : [[name, "none"]];
    }
    return [[name, String(value)]];
  });
}
