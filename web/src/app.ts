// The shell of every page: htmx, theme, keyboard, dialogs, toasts. Templates name what each
// element does by data attributes; no template carries a script.
import "htmx.org";

import { watchDialogs } from "./dialogs.ts";
import { watchHelpers } from "./helpers.ts";
import { watchKeyboard } from "./keyboard.ts";
import { watchTheme } from "./theme.ts";
import { watchToasts } from "./toasts.ts";

watchTheme();
watchDialogs();
watchKeyboard();
watchToasts();
watchHelpers();
