import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import { STAFF_ROLES, type StaffRole } from '../../protocol/accounts.ts';
import { Refusal } from '../refusal.ts';
import { revocationNews } from './revoke.ts';

/**
 * Gives a user a staff role, or takes it away; answers all roles they now hold. Their access tokens are withdrawn,
 * so that the next one says so; they stay signed in. A role that is held already (or is not) changes nothing.
 * Throws Refusal 'not-found' where no account has this e-mail.
 */
export async function grant(
  { db, bus }: { db: Db; bus: Bus },
  { email, role, take = false }: { email: string; role: StaffRole; take?: boolean },
): Promise<StaffRole[]> {
  const { roles, news } = await acting(db, 'system', 'accounts.grant', async (tx) => {
    const found = await tx.users.byEmail(email.trim().toLowerCase());
    const user = found && (await tx.users.lock(found.id));
    if (!user) throw new Refusal('not-found', `No account has the e-mail ${email}.`);
    if (user.roles.includes(role) !== take) return { roles: user.roles, news: [] };
    const roles = STAFF_ROLES.filter((each) => (each === role ? !take : user.roles.includes(each)));
    await tx.users.setRoles(user.id, roles);
    return { roles, news: await tx.feeds.append(revocationNews(user.id, null, 'roles')) };
  });
  bus.publish(news);
  return roles;
}
