// `/js/outis.js`: everything.

import { watchActions } from './actions.js';
import { run } from './script.js';

run(watchActions);
