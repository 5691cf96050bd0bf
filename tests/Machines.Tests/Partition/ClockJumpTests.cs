using Semel.Machines.Partition;
using Semel.Protocol;

namespace Semel.Machines.Tests.Partition;

/// <summary>A wall clock that is set, forwards or backwards, while the broker runs or while it is down, forgets nobody; time that has passed does.</summary>
public class ClockJumpTests
{
    readonly TestPartition _partition = new();
    static readonly TimeSpan Day = TimeSpan.FromDays(1), MoreThanADay = TimeSpan.FromHours(25);

    void Duplicate(int sequence) => Assert.Equal((SequenceDecision.Duplicate, ErrorCode.None), (_partition.Append(5, 0, sequence).Decision, _partition.Append(5, 0, sequence).Error));

    [Theory]
    [InlineData(25)]
    [InlineData(-25)]
    public void A_jump_while_running_forgets_nobody(int hours)
    {
        _partition.Append(5, 0, 0);
        _partition.SetWallClock(TimeSpan.FromHours(hours));
        _partition.Expire();
        Duplicate(0);
        Assert.Equal(1, _partition.EndOffset);
    }

    [Theory]
    [InlineData(25, true)]
    [InlineData(-25, true)]
    [InlineData(25, false)]
    [InlineData(-25, false)]
    public void A_jump_while_stopped_forgets_nobody(int hours, bool hasSnapshot)
    {
        _partition.Append(5, 0, 0);
        var snapshot = hasSnapshot ? _partition.Save() : null;
        _partition.SetWallClock(TimeSpan.FromHours(hours));
        _partition.Now += TimeSpan.FromMinutes(1);
        _partition.GoOnWith(_partition.Rebuilt(snapshot, isLater: true));
        _partition.Expire();
        Duplicate(0);
    }

    [Theory]
    [InlineData(25)]
    [InlineData(-25)]
    public void A_jump_puts_off_nobodys_forgetting(int hours)
    {
        _partition.Append(5, 0, 0);
        _partition.SetWallClock(TimeSpan.FromHours(hours));
        _partition.Now += Day;
        _partition.Expire();
        Assert.Empty(_partition.Producers());
    }

    [Fact]
    public void Time_that_was_certainly_spent_stopped_counts()
    {
        _partition.Append(5, 0, 0);
        var snapshot = _partition.Save();
        _partition.Now += Day;
        _partition.GoOnWith(_partition.Rebuilt(snapshot, isLater: true));
        _partition.Expire();
        Assert.Empty(_partition.Producers());
    }

    [Fact]
    public void Silence_before_and_after_a_restart_is_added_up()
    {
        _partition.Append(5, 0, 0);
        _partition.Now += TimeSpan.FromHours(20);
        var snapshot = _partition.Save();
        _partition.Reboot(up: TimeSpan.FromMinutes(1));
        _partition.GoOnWith(_partition.Rebuilt(snapshot, isLater: true));
        _partition.Now += TimeSpan.FromHours(3);
        _partition.Expire();
        Duplicate(0);
        _partition.Now += TimeSpan.FromHours(1);
        _partition.Expire();
        Assert.Empty(_partition.Producers());
    }

    [Fact]
    public void Of_the_time_before_a_reboot_only_what_is_certain_counts()
    {
        _partition.Append(5, 0, 0);
        var snapshot = _partition.Save();
        _partition.Now += MoreThanADay;
        _partition.Reboot(up: TimeSpan.FromMinutes(1));
        _partition.GoOnWith(_partition.Rebuilt(snapshot, isLater: true));
        _partition.Expire();
        Duplicate(0);
    }

    [Fact]
    public void The_time_of_a_replay_is_its_own_whatever_the_clock_on_the_wall_said_when_the_batch_was_appended()
    {
        _partition.Append(5, 0, 0);
        _partition.Now += MoreThanADay;
        _partition.RestartWithoutSnapshot();
        _partition.Expire();
        Duplicate(0);
    }

    [Fact]
    public void A_snapshot_of_the_first_version_is_read_and_its_producers_count_as_heard_of_now()
    {
        _partition.Append(5, 0, 0);
        byte[] old = [.. _partition.Save()];
        // Version 1 had no clocks behind the count, a time of the wall clock instead of a silence, and no aborted transactions.
        old = [0, 1, .. old[2..30], .. old[46..^4]];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(old.AsSpan(30 + 22), 4_000);
        _partition.Now += MoreThanADay;
        _partition.GoOnWith(_partition.Rebuilt(old, isLater: true));
        _partition.Expire();
        Duplicate(0);
        _partition.Now += MoreThanADay;
        _partition.Expire();
        Assert.Empty(_partition.Producers());
    }

    [Fact]
    public void A_search_by_the_wall_clock_would_forget()
    {
        var partition = new TestPartition(fault: PlantedFault.SilenceByTheWallClock);
        partition.Append(5, 0, 0);
        partition.SetWallClock(MoreThanADay);
        partition.Expire();
        Assert.Empty(partition.Producers());
    }
}
