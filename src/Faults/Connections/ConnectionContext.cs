using System.Net;

namespace Semel.Faults.Connections;

/// <summary>What the two flows of one connection share.</summary>
sealed class ConnectionContext(int number, EndPoint upstream, FaultProxyOptions options, FaultLedger ledger, LateDeliveries late)
{
    volatile bool _isDark;

    public int Number => number;
    public EndPoint Upstream => upstream;
    public FaultProxyOptions Options => options;
    public FaultLedger Ledger => ledger;
    public LateDeliveries Late => late;
    public ExpectedAnswers Expected { get; } = new();

    /// <summary>Nothing goes through any more, in either direction, while the connection stays.</summary>
    public bool IsDark
    {
        get => _isDark;
        set => _isDark = value;
    }
}
