"""Which lines are an agency's own, of those that were there and of what an old release wrote since.

Until it has run an agency does not see what its people did before: too little, never too much. It
stands in this room, to which nothing is left that would wait for it.
"""

from django.db import migrations

# Of the cases that are with an agency now, which lines are its own: what its people did, and what
# tells of its placements. Lines of other cases are shown to no agency before they are placed, and
# then tell of others.
_OWN = """
update casework_caseevent e set agency = told.key
from (
  select e.id, coalesce(max(g.key), max(e.data ->> 'agency')) as key
  from casework_placement p
  join casework_case c on c.obligor_no = p.obligor_no
  join casework_caseevent e on e.case_id = c.id
  left join access_membership m on m.user_id = e.actor_id
  left join access_organisation o on o.id = m.organisation_id
  left join access_organisation g
    on g.kind = 'agency' and (g.id = o.id or g.id = o.parent_id)
  where (p.until_on is null or p.until_on >= current_date - 1)
    and (g.id is not null or e.kind in ('placed', 'recalled', 'placement_held',
      'placement_resumed', 'placement_kept', 'placement_extended', 'placement_returned'))
  group by e.id
) told
where told.id = e.id and told.key is not null and e.agency = ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0009_reasons_sealed"),
        ("casework", "0031_whose_line"),
    ]

    operations = [migrations.RunSQL(_OWN, migrations.RunSQL.noop, elidable=True)]
