import { Link } from "@tanstack/react-router";
import { Empty } from "@/ui/Notice";
import { Page } from "@/ui/Page";
import { words } from "@/ui/words";

export function NotFound() {
  return (
    <Page title={words.notFound.title}>
      <Empty title={words.notFound.title} actions={<Link to="/">{words.fault.toHome}</Link>}>
        {words.notFound.text}
      </Empty>
    </Page>
  );
}
