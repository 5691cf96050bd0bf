using Semel.Broker.Tests.Support;
using Semel.Broker.Transactions;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Tests.Transactions;

/// <summary>How often a coordinator is asked that is still ending the transaction before.</summary>
public class PatientAdmissionTests
{
    readonly ManualTime _time = new();
    readonly BusyGate _gate = new();

    sealed class BusyGate : ITransactionGate
    {
        public int Asked, FreeFrom = int.MaxValue;
        public AdmissionPatience Patience => new(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(70));

        public ValueTask<IReadOnlyList<ErrorCode>> AdmitAsync(TransactionalId id, ProducerId producerId, ProducerEpoch epoch, IReadOnlyList<Participant> participants, bool add, long connectionOrdinal) =>
            new([++Asked >= FreeFrom ? ErrorCode.None : ErrorCode.ConcurrentTransactions]);

        public ValueTask<ErrorCode> EndOwnerAsync(ProducerId producerId, ProducerEpoch epoch, bool commit) => throw new NotSupportedException();
    }

    Task<IReadOnlyList<ErrorCode>> AdmitAsync(bool add) => _gate.AdmitPatientlyAsync(new TransactionalId("t"), new ProducerId(1), new ProducerEpoch(0), [], add, 0, _time).AsTask();

    async Task PassAsync(int pauses)
    {
        for (var pause = 0; pause < pauses; pause++)
        {
            await _time.WaitForTimerAsync(_gate.Patience.Pause);
            _time.Advance(_gate.Patience.Pause);
        }
    }

    [Fact]
    public async Task It_is_asked_after_each_pause_until_it_is_free()
    {
        _gate.FreeFrom = 3;
        var admitting = AdmitAsync(add: true);
        await PassAsync(2);
        Assert.Equal([ErrorCode.None], await admitting);
        Assert.Equal(3, _gate.Asked);
    }

    [Fact]
    public async Task When_another_pause_would_be_too_long_the_client_is_told_to_come_again()
    {
        var admitting = AdmitAsync(add: true);
        await PassAsync(2);
        Assert.Equal([ErrorCode.ConcurrentTransactions], await admitting);
        Assert.Equal(3, _gate.Asked);
    }

    [Fact]
    public async Task A_verification_is_not_repeated()
    {
        Assert.Equal([ErrorCode.ConcurrentTransactions], await AdmitAsync(add: false));
        Assert.Equal(1, _gate.Asked);
    }
}
