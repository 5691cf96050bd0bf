using Semel.Broker.Door;

namespace Semel.Broker.Tests.Door;

public class RequestMemoryTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // Of 1,600 bytes, 400 are for requests of up to 25.
    readonly RequestMemory _memory = new(1600);

    [Fact]
    public async Task What_is_there_is_given_at_once_and_the_rest_waits_in_order()
    {
        Assert.True(_memory.TakeAsync(700, default).IsCompletedSuccessfully);
        var waiting = _memory.TakeAsync(600, default).AsTask();
        var behind = _memory.TakeAsync(100, default).AsTask();
        Assert.False(waiting.IsCompleted || behind.IsCompleted);
        Assert.False(_memory.TryTake(100));
        _memory.Return(700);
        await Task.WhenAll(waiting, behind).WaitAsync(Patience);
        Assert.Equal(700, _memory.UsedBytes);
    }

    [Fact]
    public void Large_requests_leave_the_part_of_small_ones_alone_and_the_other_way_round()
    {
        Assert.True(_memory.TryTake(1200));
        Assert.False(_memory.TryTake(26));
        for (var taken = 0; taken < 400; taken += 25) Assert.True(_memory.TryTake(25));
        _memory.Return(1200);
        Assert.False(_memory.TryTake(1));
        Assert.True(_memory.TryTake(26));
    }

    [Fact]
    public async Task Who_wants_more_than_its_part_has_gets_it_alone()
    {
        Assert.True(_memory.TakeAsync(100, default).IsCompletedSuccessfully);
        var large = _memory.TakeAsync(5000, default).AsTask();
        Assert.False(large.IsCompleted);
        _memory.Return(100);
        await large.WaitAsync(Patience);
        _memory.Return(5000);
        Assert.Equal(0, _memory.UsedBytes);
    }

    [Fact]
    public async Task Who_closes_while_waiting_gives_up_its_place_and_takes_nothing()
    {
        await _memory.TakeAsync(1200, default);
        using var closing = new CancellationTokenSource();
        var gone = _memory.TakeAsync(1100, closing.Token).AsTask();
        var next = _memory.TakeAsync(600, default).AsTask();
        await closing.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => gone);
        _memory.Return(1200);
        await next.WaitAsync(Patience);
        Assert.Equal(600, _memory.UsedBytes);
    }
}
