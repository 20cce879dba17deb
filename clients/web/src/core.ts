// `/js/outis.core.js`: page views, routes and engagement only.

import { run } from './script.js';

run();
