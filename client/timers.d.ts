/**
 * The clock that browsers, Node, Deno, Bun and React Native have alike. It is declared here, for this package's own
 * compilation alone, because its usual types bring all of the DOM or all of Node along.
 */
type Timer = { readonly timer: unique symbol };
declare function setTimeout(call: () => void, ms?: number): Timer;
declare function clearTimeout(timer: Timer | undefined): void;
declare function setInterval(call: () => void, ms?: number): Timer;
declare function clearInterval(timer: Timer | undefined): void;
