"""What speaks against a seat at a checkpoint, apart from the clock and from who is in already.

One piece of SQL for the scan that asks about one seat (`lookup`) and for the list that a tablet keeps of all
(`tablet_list`), so that a tablet without a network refuses what the server would refuse, for the same reason.
"""

OK = "ok"

# Whether the checkpoint hands out what was bought along with a ticket.
HANDS_OUT = "EXISTS (SELECT 1 FROM registration_checkpoint_add_ons x WHERE x.checkpoint_id = %(checkpoint)s)"
# How many pieces of that `t` has: paid for, and not given back.
PIECES = """(SELECT coalesce(sum(l.quantity), 0)
   FROM registration_orderline l JOIN registration_order b ON b.id = l.order_id
   WHERE l.attendee_id = t.id AND l.cancelled_at IS NULL AND l.released_at IS NULL
     AND (b.status IN ('paid', 'partially_refunded') OR (b.status = 'pending' AND b.total = 0))
     AND l.add_on_id IN (SELECT x.addon_id FROM registration_checkpoint_add_ons x WHERE x.checkpoint_id = %(checkpoint)s))"""

# Of several reasons the first in the order of the design, as the value of its Verdict. `t` is the attendee, `o` the order
# (perhaps none), %(checkpoint)s the checkpoint's key.
STANDING = f"""CASE
  WHEN t.state = 'cancelled' THEN 'cancelled'
  WHEN t.state = 'refunded' THEN 'refunded'
  WHEN t.blocked_reason <> '' THEN 'blocked'
  WHEN o.status = 'pending' AND o.total > 0 AND o.approval <> 'asked' THEN 'unpaid'
  WHEN NOT t.completed_registration THEN 'incomplete'
  WHEN EXISTS (SELECT 1 FROM registration_checkpoint_ticket_types x WHERE x.checkpoint_id = %(checkpoint)s)
   AND NOT EXISTS (SELECT 1 FROM registration_checkpoint_ticket_types x
                   WHERE x.checkpoint_id = %(checkpoint)s AND x.tickettype_id = t.ticket_type_id) THEN 'wrong_ticket'
  WHEN {HANDS_OUT} AND {PIECES} = 0 THEN 'wrong_ticket'
  ELSE 'ok' END"""  # noqa: S608 -- no value in it
