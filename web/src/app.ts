// The shell of every page: htmx, theme, keyboard, dialogs, toasts. Templates name what each
// element does by data attributes; no template carries a script.
import htmx from "htmx.org";

import { watchDialogs } from "./dialogs.ts";
import { watchHelpers } from "./helpers.ts";
import { watchKeyboard } from "./keyboard.ts";
import { watchLeaving } from "./leaving.ts";
import { watchLive } from "./live.ts";
import { watchMentions } from "./mentions.ts";
import { watchPasskeys } from "./passkeys.ts";
import { watchScrolling } from "./scrolling.ts";
import { watchTheme } from "./theme.ts";
import { watchToasts } from "./toasts.ts";
import { forgetOthers } from "./visits/safe.ts";

// htmx would begin a moment later by itself. Without that moment no click finds a dialog
// that opens but has nothing to fetch its content.
htmx.process(document.body);
watchTheme();
watchDialogs();
watchKeyboard();
watchToasts();
watchHelpers();
watchLeaving();
watchLive();
watchMentions();
watchPasskeys();
watchScrolling();
forgetOthers(document.body.dataset["staff"] ?? "");
// From here on keys and clicks do what the page says; whoever drives a browser waits for it.
document.documentElement.dataset["ready"] = "yes";
