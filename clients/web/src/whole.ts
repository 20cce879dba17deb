// `/js/outis.js`: everything.

import { watchActions } from './actions';
import { run } from './script';

run(watchActions);
