"""`manage.py replay_claims`: compute every stored settlement again; any difference is a fault."""

from django.core.management.base import BaseCommand, CommandError

from claims import services


class Command(BaseCommand):
    help = "按存档的事实和规则包重算全部结算，与存档逐字节比对；不写入任何数据"

    def add_arguments(self, parser) -> None:
        parser.add_argument("--claim", type=int, action="append", help="只重算这些报销件（编号）")

    def handle(self, *args, **options) -> None:
        counted = 0
        faults = []
        for proof in services.replay_all(claims=options["claim"]):
            counted += 1
            if not proof.same:
                faults.append(proof)
                self.stderr.write(f"结算{proof.settlement.pk}（{proof.settlement.claim_id}）：{proof.problem}")
        if faults:
            raise CommandError(f"重算{counted}次结算，{len(faults)}次与存档不一致")
        self.stdout.write(f"重算{counted}次结算，全部与存档一致")
