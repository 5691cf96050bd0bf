using Semel.Log.Memory;

namespace Semel.Log.Tests.Memory;

public sealed class MemoryFaultTests
{
    readonly MemoryLogStore _store = new(new ManualTime());

    ILog Open() => _store.OpenOrCreate("log", new LogOptions());

    async Task<ILog> AppendedAndFailed(AppendFault fault)
    {
        var log = Open();
        await log.AppendAsync([TestBatches.Of(0)], 0);
        _store.AppendFaults = _ => fault;
        await Assert.ThrowsAsync<LogFailedException>(async () => await log.AppendAsync([TestBatches.Of(1), TestBatches.Of(2)], 1));
        _store.AppendFaults = null;
        return log;
    }

    [Fact]
    public async Task Every_append_completes_before_the_call_returns()
    {
        using var log = Open();
        var append = log.AppendAsync([TestBatches.Of(0)], 0);
        Assert.True(append.IsCompletedSuccessfully);
        Assert.Equal(1, (await append).EndOffset);
    }

    [Theory]
    [InlineData(AppendFault.NothingWritten, 1)]
    [InlineData(AppendFault.Durable, 3)]
    [InlineData(AppendFault.NotDurable, 3)]
    public async Task A_failed_append_ends_the_log_until_it_is_opened_again(AppendFault fault, long endOffset)
    {
        var log = await AppendedAndFailed(fault);
        await Assert.ThrowsAsync<LogFailedException>(async () => await log.AppendAsync([TestBatches.Of(endOffset)], endOffset));
        log.Dispose();
        using var again = Open();
        Assert.Equal(endOffset, again.Bounds.EndOffset);
        Assert.Equal(endOffset + 1, (await again.AppendAsync([TestBatches.Of(endOffset)], endOffset)).EndOffset);
    }

    [Theory]
    [InlineData(AppendFault.NothingWritten, 1)]
    [InlineData(AppendFault.Durable, 3)]
    [InlineData(AppendFault.NotDurable, 1)]
    public async Task A_crash_forgets_what_was_not_durable(AppendFault fault, long endOffset)
    {
        await AppendedAndFailed(fault);
        _store.Crash();
        using var again = Open();
        Assert.Equal(endOffset, again.Bounds.EndOffset);
        Assert.False(again.Recovery.WasClean);
        Assert.Equal(fault == AppendFault.NotDurable, again.Recovery.TruncatedBytes > 0);
    }

    [Fact]
    public async Task What_a_reopened_log_has_shown_survives_the_next_crash()
    {
        var log = await AppendedAndFailed(AppendFault.NotDurable);
        log.Dispose();
        Open().Dispose();
        _store.Crash();
        using var again = Open();
        Assert.Equal(3, again.Bounds.EndOffset);
    }

    [Fact]
    public async Task A_crash_ends_every_open_log_and_they_have_no_effect_any_more()
    {
        var before = Open();
        await before.AppendAsync([TestBatches.Of(0)], 0);
        _store.Crash();
        using var after = Open();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await before.AppendAsync([TestBatches.Of(1)], 1));
        Assert.Throws<ObjectDisposedException>(() => before.SaveSnapshot(0, [1]));
        before.Dispose();
        Assert.Throws<InvalidOperationException>(() => Open());
        Assert.Equal(1, after.Bounds.EndOffset);
    }

    [Fact]
    public async Task A_snapshot_beyond_the_forgotten_end_is_forgotten_too()
    {
        using (var log = Open())
        {
            await log.AppendAsync([TestBatches.Of(0)], 0);
            log.SaveSnapshot(1, [1]);
            _store.AppendFaults = _ => AppendFault.NotDurable;
            await Assert.ThrowsAsync<LogFailedException>(async () => await log.AppendAsync([TestBatches.Of(1)], 1));
        }
        _store.Crash();
        using var again = Open();
        Assert.Equal(1, again.LoadSnapshot()!.Offset);
        Assert.Equal(1, again.Bounds.EndOffset);
    }

    [Fact]
    public async Task A_hole_is_an_error_and_what_lies_before_and_behind_it_is_read()
    {
        using var log = Open();
        for (var offset = 0; offset < 10; offset++) await log.AppendAsync([TestBatches.Of(offset, 1, 100, TestBatches.FirstTimestamp + offset * 10)], offset);
        _store.MakeHole("log", 4, 6);
        var hole = Assert.Single(log.Holes);
        Assert.Equal((4, 6), (hole.StartOffset, hole.EndOffset));
        using (var before = log.Read(0, long.MaxValue, int.MaxValue)) Assert.Equal(4 * TestBatches.Of(0, 1, 100).Length, before.Bytes.Length);
        Assert.Equal(6, Assert.Throws<LogHoleException>(() => log.Read(5, long.MaxValue, 1000)).EndOffset);
        using (var behind = log.Read(6, long.MaxValue, int.MaxValue)) Assert.Equal(4 * TestBatches.Of(0, 1, 100).Length, behind.Bytes.Length);
        Assert.Equal(3, log.FindOffset(TestBatches.FirstTimestamp + 30, long.MaxValue)!.Value.Offset);
        Assert.Throws<LogHoleException>(() => log.FindOffset(TestBatches.FirstTimestamp + 31, long.MaxValue));
        Assert.Throws<LogHoleException>(() => log.FindMaxTimestamp(long.MaxValue));
        Assert.Equal(3, log.FindMaxTimestamp(4)!.Value.Offset);
        await log.TrimStartAsync(5);
        Assert.Throws<LogHoleException>(() => log.Read(5, long.MaxValue, 1000));
        await log.TrimStartAsync(6);
        Assert.Empty(log.Holes);
        Assert.Equal(9, log.FindMaxTimestamp(long.MaxValue)!.Value.Offset);
    }

    [Fact]
    public async Task A_writer_whose_log_was_taken_over_is_fenced_and_readers_go_on()
    {
        using var before = Open();
        await before.AppendAsync([TestBatches.Of(0)], 0);
        before.SaveSnapshot(1, [1]);
        _store.TakeOver("log");
        Assert.Equal(new AppendOutcome(AppendStatus.Fenced, 1, false), await before.AppendAsync([TestBatches.Of(1)], 1));
        // Whatever it believes of the end: it is not asked to try again.
        Assert.Equal(AppendStatus.Fenced, (await before.AppendAsync([TestBatches.Of(7)], 7)).Status);
        Assert.Throws<LogFailedException>(() => before.SaveSnapshot(1, [2]));
        await Assert.ThrowsAsync<LogFailedException>(async () => await before.TrimStartAsync(1));
        using (var read = before.Read(0, long.MaxValue, 1000)) Assert.False(read.Bytes.IsEmpty);
        before.Dispose();
        using var after = _store.Open("log", new LogOptions { ClaimsWriterEpoch = true });
        Assert.Equal((2, 1), (after.WriterEpoch, after.Bounds.EndOffset));
        Assert.Equal([1], after.LoadSnapshot()!.Content.ToArray());
        Assert.Equal(AppendStatus.Appended, (await after.AppendAsync([TestBatches.Of(1)], 1)).Status);
    }

    [Fact]
    public async Task A_log_that_was_lost_is_not_made_anew_until_it_is_deleted()
    {
        var log = Open();
        await log.AppendAsync([TestBatches.Of(0)], 0);
        _store.Lose("log");
        Assert.Throws<ObjectDisposedException>(() => log.Read(0, long.MaxValue, 1000));
        Assert.Equal(["log"], _store.Names);
        Assert.Throws<LogMissingException>(() => Open());
        Assert.Throws<LogMissingException>(() => _store.Create("log", new LogOptions()));
        _store.Delete("log");
        using var anew = Open();
        Assert.Equal(0, anew.Bounds.EndOffset);
    }
}
