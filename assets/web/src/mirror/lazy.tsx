/** Parts of the page that come after the first picture. What cannot be loaded is an error card with a way to try again. */
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A component that is fetched when it is first shown; until then `waiting` stands in its place. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>, waiting: JSX.Element | null = null): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Lazy(props: Props): JSX.Element | null {
    const [fault, setFault] = useState<unknown>(null);
    const [Part, setPart] = useState<{ type: ComponentType<Props> } | null>(loaded === null ? null : { type: loaded });
    useEffect(() => {
      if (Part !== null) return;
      load().then(
        (part) => setPart({ type: (loaded = part) }),
        (error: unknown) => setFault(error ?? new Error("a part of the page cannot be loaded")),
      );
    }, [Part]);
    if (fault !== null) throw fault;
    return Part === null ? waiting : <Part.type {...props} />;
  };
}
