// What every page needs: after a form was refused, the focus goes to the list of what to correct.
"use strict";

const focusErrors = () => document.getElementById("errors")?.focus();
document.addEventListener("DOMContentLoaded", focusErrors);
document.addEventListener("htmx:afterSettle", focusErrors);
