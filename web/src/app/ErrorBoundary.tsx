import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { Empty } from "@/ui/Notice";
import { words } from "@/ui/words";

const said = words.fault;

const reload = () => location.reload();

/** What is shown of a fault: what it means, and the way on. A part of the app that could not be
 * fetched is fetched when the page is loaded anew. */
export function Fault({ error }: { error: unknown }) {
  return (
    <div role="alert">
      <Empty title={said.title} actions={<Button onClick={reload}>{said.reload}</Button>}>
        {said.text} {error instanceof Error ? error.message : ""}
      </Empty>
    </div>
  );
}

/** Keeps a fault of one part from taking the whole page away. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return <Fault error={this.state.error} />;
  }
}
