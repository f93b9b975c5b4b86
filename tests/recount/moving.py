"""What the entries of releases do to an alias: start, advance, complete, roll back."""

from tests.recount.story import Story
from tests.recount.things import Act, Alias, Release, Review, Run, Stage, seconds


def _alias(story: Story, name: str) -> Alias:
    return story.aliases.setdefault(name, Alias(name))


def started(story: Story, act: Act) -> None:
    """A release is on its way."""
    alias, proposal = _alias(story, act.event["alias"]), story.proposals[act.event["proposal"]]
    made = Release(proposal, act, [Stage(act.event["stage"], act)])
    story.releases[proposal.id] = alias.candidate = made
    for one in made.under:
        story.exceptions[one].used = act


def advanced(story: Story, act: Act) -> None:
    """It passed a stage and is in the next one."""
    release = story.releases[act.event["proposal"]]
    _passed(release, act)
    release.stages.append(Stage(act.event["stage"], act))


def _passed(release: Release, act: Act) -> None:
    release.stages[-1].passed = act
    release.stages[-1].observation = act.event["observation"]


def completed(story: Story, act: Act) -> None:
    """It passed the last one and is what the alias runs."""
    release, alias = story.releases[act.event["proposal"]], _alias(story, act.event["alias"])
    _passed(release, act)
    release.completed, alias.candidate, alias.changed = act, None, act.position
    if alias.history and alias.history[-1].ended is None:
        alias.history[-1].ended, alias.history[-1].ended_how = act, "replaced"
    alias.pile.append(release)
    alias.history.append(Run(release, act, "completed"))
    stages = story.policy_numbered(release.started.event["policy"])["stages"]
    spans = [
        one["seconds"]
        for stage in stages
        if stage["id"] == release.stages[-1].name
        for one in stage["observe"]
        if one["tier"] == release.started.event["tier"]
    ]
    environments = story.policy["environments"]["order"]
    if spans and release.alias.split("/")[1] == environments[-1]:
        release.window = act.at + spans[0]


def rolled_back(story: Story, act: Act) -> None:
    """It was taken back, under way or from the top of the pile; its review is open."""
    alias, event = _alias(story, act.event["alias"]), act.event
    release, policy = story.releases[event["proposal"]], story.policy.get("rollback", {})
    release.back, release.allowed = act, policy.get("within")
    if event["since"] is not None:
        release.since = seconds(event["since"])
    elif event["observation"] is not None:
        release.since = story.observations[event["observation"]].at
    if alias.candidate is release:
        alias.candidate = None
    else:
        _topple(alias, act)
    within = policy.get("review_within")
    story.reviews[event["rollback"]] = Review(
        event["rollback"], "rollback", act, release.proposal, release.alias, within
    )


def _topple(alias: Alias, act: Act) -> None:
    alias.pile.pop()
    alias.changed = act.position
    alias.history[-1].ended, alias.history[-1].ended_how = act, "rolled back"
    if alias.candidate is not None:
        alias.candidate.back, alias.candidate.together = act, True
        alias.candidate = None
    if alias.stable is not None:
        alias.history.append(Run(alias.stable, act, "returned"))
