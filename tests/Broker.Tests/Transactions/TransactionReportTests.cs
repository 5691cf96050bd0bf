using Semel.Broker.Tests.Support;
using Semel.Broker.Transactions;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Tests.Transactions;

/// <summary>What came of something that a coordinator has asked for: it is not lost while the coordinator's log fails.</summary>
public class TransactionReportTests
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    static readonly TransactionCommand Report = new TransactionCommand.ProducerIdTaken(new ProducerId(7));

    readonly ManualTime _time = new();
    readonly List<TransactionCommand> _asked = [];
    readonly Queue<ErrorCode> _answers = new();

    Task<TransactionReply> Ask(TransactionCommand command)
    {
        _asked.Add(command);
        return Task.FromResult(_answers.Dequeue() is var error and not ErrorCode.None ? TransactionReply.Failed(error) : TransactionReply.Accepted);
    }

    [Fact]
    public async Task A_report_that_the_log_does_not_take_is_brought_again_until_it_does()
    {
        foreach (var error in (ErrorCode[])[ErrorCode.NotCoordinator, ErrorCode.NotCoordinator, ErrorCode.None]) _answers.Enqueue(error);
        var brought = TransactionReport.BringAsync(Ask, Report, _time);
        for (var tries = 1; tries < 3; tries++)
        {
            await _time.WaitForTimerAsync(Pause);
            Assert.Equal(tries, _asked.Count);
            _time.Advance(Pause);
        }
        await brought.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal([Report, Report, Report], _asked);
    }

    [Theory]
    [InlineData(ErrorCode.None)]
    [InlineData(ErrorCode.CoordinatorNotAvailable)]
    public async Task A_report_that_was_taken_or_that_nobody_will_take_any_more_is_brought_once(ErrorCode answer)
    {
        _answers.Enqueue(answer);
        await TransactionReport.BringAsync(Ask, Report, _time).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Single(_asked);
    }
}
