using Semel.Broker.Sequencing;
using Semel.Broker.Tests.Support;

namespace Semel.Broker.Tests.Sequencing;

/// <summary>One timer for all deadlines: each is told when it has come, and nobody is asked who has none due.</summary>
public sealed class DeadlinesTests : IAsyncDisposable
{
    readonly ManualTime _time = new();
    readonly CaughtLines _lines = new();
    readonly Deadlines _deadlines;

    public DeadlinesTests() => _deadlines = new(_time, _lines);

    TimeSpan Now => _time.Moment().Steady;

    public ValueTask DisposeAsync() => _deadlines.DisposeAsync();

    sealed class Owner : IDeadlineOwner
    {
        public Owner() => Entry = new(this);
        public DeadlineHeap.Entry Entry { get; }
        public List<TimeSpan> Told { get; } = [];
        public Action<TimeSpan>? Then { get; init; }

        public void DeadlineCame(TimeSpan now)
        {
            Told.Add(now);
            Then?.Invoke(now);
        }
    }

    void Set(Owner owner, TimeSpan after) => _deadlines.SetAtLatest(owner.Entry, Now + after);

    [Fact]
    public void A_deadline_is_told_when_it_has_come_and_not_before_and_once()
    {
        var owner = new Owner();
        Set(owner, TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromMilliseconds(9999));
        Assert.Empty(owner.Told);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([Now], owner.Told);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Single(owner.Told);
    }

    [Fact]
    public void An_earlier_one_takes_the_place_of_a_later_and_a_later_one_waits_until_the_earlier_is_told()
    {
        var (moved, kept) = (new Owner(), new Owner());
        Set(moved, TimeSpan.FromSeconds(20));
        Set(moved, TimeSpan.FromSeconds(5));
        Set(kept, TimeSpan.FromSeconds(5));
        Set(kept, TimeSpan.FromSeconds(20));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((1, 1), (moved.Told.Count, kept.Told.Count));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((1, 1), (moved.Told.Count, kept.Told.Count));
    }

    [Fact]
    public void One_that_was_forgotten_is_not_told()
    {
        var (forgotten, other) = (new Owner(), new Owner());
        Set(forgotten, TimeSpan.FromSeconds(1));
        Set(other, TimeSpan.FromSeconds(2));
        _deadlines.Forget(forgotten.Entry);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((0, 1), (forgotten.Told.Count, other.Told.Count));
        Assert.Equal(0, _deadlines.Count);
    }

    [Fact]
    public void Of_ten_thousand_only_those_are_asked_whose_time_has_come_and_each_in_time()
    {
        const int Count = 10_000;
        var random = new Random(5);
        var owners = Enumerable.Range(0, Count).Select(_ => (Owner: new Owner(), After: random.Next(1, 3_600_000))).ToArray();
        foreach (var (owner, after) in owners) Set(owner, TimeSpan.FromMilliseconds(after));
        var began = Now.TotalMilliseconds;
        foreach (var (owner, _) in owners.Take(100)) _deadlines.Forget(owner.Entry);
        for (var second = 1; second <= 3600; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            if (second % 600 != 0) continue;
            Assert.All(owners.Skip(100), entry => Assert.Equal(entry.After <= second * 1000 ? 1 : 0, entry.Owner.Told.Count));
        }
        Assert.All(owners.Take(100), entry => Assert.Empty(entry.Owner.Told));
        Assert.All(owners.Skip(100), entry => Assert.InRange(entry.Owner.Told[0].TotalMilliseconds - began - entry.After, 0, 1000));
    }

    [Fact]
    public void Who_says_the_same_deadline_again_is_told_in_the_next_round_and_holds_nobody_up()
    {
        Owner stubborn = null!;
        stubborn = new Owner { Then = now => _deadlines.SetAtLatest(stubborn.Entry, now) };
        var other = new Owner();
        Set(stubborn, TimeSpan.FromSeconds(1));
        Set(other, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, 1), (stubborn.Told.Count, other.Told.Count));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((2, 1), (stubborn.Told.Count, other.Told.Count));
    }

    [Fact]
    public async Task One_whose_owner_fails_is_written_down_and_the_others_are_told()
    {
        var failing = new Owner { Then = _ => throw new InvalidOperationException("no") };
        var other = new Owner();
        Set(failing, TimeSpan.FromSeconds(1));
        Set(other, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(other.Told);
        await _lines.WaitForAsync(214);
    }

    [Fact]
    public void A_clock_on_the_wall_that_is_set_changes_nothing()
    {
        var owner = new Owner();
        Set(owner, TimeSpan.FromDays(3));
        _time.SetWallClock(TimeSpan.FromDays(5));
        _time.Advance(TimeSpan.FromDays(2));
        Assert.Empty(owner.Told);
        _time.SetWallClock(TimeSpan.FromDays(-20));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Single(owner.Told);
    }

    [Fact]
    public async Task After_the_end_nobody_is_told()
    {
        var owner = new Owner();
        Set(owner, TimeSpan.FromSeconds(1));
        await _deadlines.DisposeAsync();
        _time.Advance(TimeSpan.FromHours(1));
        Set(owner, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(owner.Told);
    }
}
