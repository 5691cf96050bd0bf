using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Broker.Door;

/// <summary>
/// One request and its answer. It holds the frame's bytes, and whatever the answer refers to, until the answer has been sent.
/// It ends in exactly one of <see cref="Answer"/>, <see cref="AnswerNothing"/> and <see cref="Abandon"/>, on any thread; then it must not be touched:
/// its connection uses it again for another request.
/// </summary>
internal sealed class Exchange(Session session, AnswerQueue answers) : IDisposable
{
    /// <summary>A writer that had to grow beyond this is not kept.</summary>
    const int KeptWriterBytes = 64 * 1024;

    /// <summary>A request of so many elements needs no more memory than its frame was given.</summary>
    const int FewElements = 4096;

    /// <summary>What an element of a request and its answer take in memory, about.</summary>
    const int ElementBytes = 512;

    readonly List<IDisposable> _kept = [];
    readonly ElementBudget _elements = new(FewElements);
    ReceivedFrame _frame;
    int _bodyAt;

    public Session Session => session;
    public RequestHeader Header { get; private set; }
    public short Version => Header.ApiVersion;

    /// <summary>The answer's bytes; empty when there is none to send.</summary>
    internal WireWriter Response { get; private set; } = new();

    /// <summary>Guarded by the queue of answers.</summary>
    internal bool IsComplete { get; set; }

    internal void Begin(in ReceivedFrame frame)
    {
        _frame = frame;
        IsComplete = false;
    }

    /// <summary>What stands first in every request, whatever its API and version; a request of an unknown version has no other header.</summary>
    internal bool TryPeek(out ApiKey key, out short version)
    {
        (key, version) = (default, default);
        if (_frame.Bytes.Length < 8) return false;
        var reader = new WireReader(_frame.Bytes);
        (key, version) = ((ApiKey)reader.ReadInt16(), reader.ReadInt16());
        Header = new RequestHeader(key, version, reader.ReadInt32(), null);
        return true;
    }

    internal void ReadHeader()
    {
        var reader = new WireReader(_frame.Bytes);
        Header = RequestHeader.Read(ref reader);
        _bodyAt = reader.Position;
    }

    /// <summary>The request. Its byte fields are slices of the frame. One of very many elements is read when there is memory for all that they may take.</summary>
    /// <exception cref="WireFormatException">The bytes are not that request, or it has more elements than this broker takes, or has memory for now.</exception>
    public TRequest ReadBody<TRequest>() where TRequest : class, IMessage, new()
    {
        try
        {
            return ReadBody<TRequest>(FewElements);
        }
        catch (WireFormatException) when (_elements.IsSpent)
        {
            Keep(session.TakeMemory(session.MostElements * ElementBytes) ?? throw new WireFormatException("it has so many elements that there is no memory for it now"));
            return ReadBody<TRequest>(session.MostElements);
        }
    }

    TRequest ReadBody<TRequest>(int elements) where TRequest : class, IMessage, new()
    {
        _elements.Reset(elements);
        var request = new TRequest();
        var reader = new WireReader(_frame.Bytes[_bodyAt..], _elements);
        request.Read(ref reader, Version);
        return request;
    }

    /// <summary>Disposes this when the answer has been sent, or never will be.</summary>
    public void Keep(IDisposable disposable) => _kept.Add(disposable);

    public void Answer(IMessage response) => AnswerInVersion(response, Version);

    /// <summary>An answer in another version than the request's: only ApiVersions has that.</summary>
    public void AnswerInVersion(IMessage response, short version)
    {
        try
        {
            Frame.WriteResponse(Response, Header.ApiKey, version, Header.CorrelationId, response);
        }
        catch (Exception exception)
        {
            // Whatever it is: an exchange that never ends keeps its connection, and all answers behind it, waiting for ever.
            Response.Reset();
            session.Failed(Header, exception);
        }
        BrokerMetrics.Answered(Header.ApiKey, response);
        answers.Complete(this);
    }

    /// <summary>The request wants no answer (acks=0).</summary>
    public void AnswerNothing() => answers.Complete(this);

    /// <summary>There is no way to tell the peer what is wrong: the connection is closed once what came before was answered.</summary>
    public void Abandon(string reason)
    {
        session.Refuse(reason);
        BrokerMetrics.Abandoned(Header.ApiKey);
        answers.Complete(this);
    }

    /// <summary>Gives back everything, after the answer has been sent or dropped.</summary>
    internal void End()
    {
        foreach (var kept in _kept) kept.Dispose();
        _kept.Clear();
        _frame.Return();
        _frame = default;
        if (Response.Length <= KeptWriterBytes)
        {
            Response.Reset();
            return;
        }
        Response.Dispose();
        Response = new WireWriter();
    }

    public void Dispose() => Response.Dispose();
}
