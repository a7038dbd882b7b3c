/** What finance did about a notice that could not be booked. */
export type NoticeHandledRequest = { note: string };
/** A gateway's notice that a person has to look at. What it said, word for word, stays with us. */
export type NoticeView = {
  id: string;
  gateway: string;
  kind: string;
  reference: string | null;
  reason: string;
  at: string;
  handled: { note: string; by: string; at: string } | null;
};
export type NoticePage = { items: NoticeView[]; nextCursor: string | null };
export type NoticeListQuery = { handled?: boolean; cursor?: string; limit: number };
