/** True in builds that do more than page views, routes and engagement. A constant when a script is built. */
declare const WHOLE: boolean;
