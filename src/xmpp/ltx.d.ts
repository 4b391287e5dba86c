// Types of ltx 3.1.2, which ships none: only what this project uses.
declare module 'ltx' {
  export type Node = Element | string;
  export class Element {
    constructor(name: string, attrs?: Record<string, string | undefined>);
    name: string;
    attrs: Record<string, string | undefined>;
    children: Node[];
    parent: Element | null;
    /** True when the local name is `name` and, if `xmlns` is given, so is the namespace (inherited ones count). */
    is(name: string, xmlns?: string): boolean;
    getName(): string;
    getNS(): string | undefined;
    getChild(name: string, xmlns?: string): Element | undefined;
    getChildren(name: string, xmlns?: string): Element[];
    getChildElements(): Element[];
    getChildText(name: string, xmlns?: string): string | null;
    getText(): string;
    append(...nodes: Node[]): void;
    remove(child: Element): this;
    toString(): string;
  }
  /** Parses one whole element; throws where it is not well-formed. */
  export function parse(xml: string): Element;
}
