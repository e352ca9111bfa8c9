import type { PayloadCodec } from '@temporalio/common';

export declare const codec: PayloadCodec;
