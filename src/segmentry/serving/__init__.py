"""The running product: one process that owns a workspace, keeps it current and lets others in."""
