import { z } from 'zod';

// zod would try `new Function` to parse faster; the content security policy refuses that and reports it.
z.config({ jitless: true });
