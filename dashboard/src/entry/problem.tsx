/** What went wrong with a form, above it and read aloud. */

export function Problem({ text }: { text: string | undefined }) {
  return (
    <div role="alert" className={text ? "problem" : undefined}>
      {text}
    </div>
  );
}
