import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { noSuchCustomer } from '../customers/lock-customer.js';
import { Guard } from '../schema/guard.js';
import {
  MaterializedMethod,
  MaterializeSavedMethodInput,
  SavedMethod,
  SavedMethodRefInput,
  SaveMethodInput,
} from '../schema/saved-method.types.js';
import { knownId } from './changed-customer.js';
import { callerOf, type RequestContext } from './context.js';
import { customerIdOf } from './own-customer.js';
import { toSavedMethod } from './saved-method.map.js';

@Resolver()
export class SavedMethodChangesResolver {
  @Mutation(() => SavedMethod, {
    description:
      'Saves an instrument of one merchant, or takes its new id where it was saved before. An archived method is restored.',
  })
  @Guard({ scopes: [['saved_methods:write']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async saveMethod(
    @Ctx() context: RequestContext,
    @Arg('input', () => SaveMethodInput, { description: 'The instrument.' }) input: SaveMethodInput,
  ): Promise<SavedMethod> {
    const caller = callerOf(context);
    const customerId = customerIdOf(caller, 'input.customerId', input.customerId);
    if (customerId === undefined) throw noSuchCustomer();
    const record = await context.gateway.saveMethod(caller, {
      customerId,
      merchantId: input.merchantId,
      instrumentId: input.instrumentId,
      fingerprint: input.fingerprint,
      type: input.type,
      brand: input.brand ?? undefined,
      cardType: input.cardType ?? undefined,
      last4: input.last4 ?? undefined,
      expiryMonth: input.expiryMonth ?? undefined,
      expiryYear: input.expiryYear ?? undefined,
      holderName: input.holderName ?? undefined,
      issuerCountry: input.issuerCountry ?? undefined,
      bankName: input.bankName ?? undefined,
      currency: input.currency ?? undefined,
    });
    return toSavedMethod(record);
  }

  @Mutation(() => SavedMethod, {
    description:
      'Archives a method: it leaves the lists, and no merchant can materialize it. Again, it changes nothing. Not for the key of one merchant.',
  })
  @Guard({ scopes: [['saved_methods:write'], ['self:write']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async archiveSavedMethod(
    @Ctx() context: RequestContext,
    @Arg('input', () => SavedMethodRefInput, { description: 'Which method.' }) input: SavedMethodRefInput,
  ): Promise<SavedMethod> {
    const id = knownId('SavedMethod', input.id);
    return toSavedMethod(await context.gateway.archiveSavedMethod(callerOf(context), id));
  }

  @Mutation(() => SavedMethod, {
    description: 'Takes an archived method back into use. Again, it changes nothing. Not for the key of one merchant.',
  })
  @Guard({ scopes: [['saved_methods:write'], ['self:write']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async restoreSavedMethod(
    @Ctx() context: RequestContext,
    @Arg('input', () => SavedMethodRefInput, { description: 'Which method.' }) input: SavedMethodRefInput,
  ): Promise<SavedMethod> {
    const id = knownId('SavedMethod', input.id);
    return toSavedMethod(await context.gateway.restoreSavedMethod(callerOf(context), id));
  }

  @Mutation(() => MaterializedMethod, {
    description:
      "The one way to a processor's instrument id: one merchant, secret key, scope saved_methods:materialize, audited.",
  })
  @Guard({ scopes: [['saved_methods:materialize']], limits: [{ max: 600, window: '1m', by: ['key'] }] })
  async materializeSavedMethod(
    @Ctx() context: RequestContext,
    @Arg('input', () => MaterializeSavedMethodInput, { description: 'Which method, for which merchant.' })
    input: MaterializeSavedMethodInput,
  ): Promise<MaterializedMethod> {
    const { merchantId } = input;
    const id = knownId('SavedMethod', input.id);
    const { instrumentId, method } = await context.gateway.materializeSavedMethod(callerOf(context), {
      id,
      merchantId,
    });
    return { instrumentId, merchantId, method: toSavedMethod(method) };
  }
}
