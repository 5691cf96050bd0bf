using Semel.Protocol;

namespace Semel.Broker.Door;

/// <summary>The handlers by their API. What is not in here is not advertised and not answered.</summary>
internal sealed class HandlerTable
{
    readonly IHandler?[] _byKey;

    public HandlerTable(IReadOnlyList<IHandler> handlers)
    {
        var last = 0;
        foreach (var handler in handlers) last = Math.Max(last, (int)handler.ApiKey);
        _byKey = new IHandler?[last + 1];
        foreach (var handler in handlers) _byKey[(int)handler.ApiKey] = handler;
    }

    public IHandler? Find(ApiKey key) => (uint)key < (uint)_byKey.Length ? _byKey[(int)key] : null;
}
