/**
 * Trusted types: the content security policy forbids strings where markup could arise. React gives the text of
 * Mantine's style elements to `innerHTML`; style sheets hold no tag, so text without one is all that is let through.
 */

interface Factory {
  createPolicy(name: string, rules: { createHTML(text: string): string }): unknown;
}

export function admitStyleText(): void {
  const factory = (window as { trustedTypes?: Factory }).trustedTypes;
  factory?.createPolicy("default", {
    createHTML(text) {
      if (text.includes("<")) throw new TypeError("markup is never made from text here");
      return text;
    },
  });
}
