using System.Runtime.InteropServices;

namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>
/// Says of names whether a pattern matches the whole of them. A name is read once: what it takes grows with its length and with the size of the pattern and never more.
/// States that were met are remembered, so that for most patterns a character costs one look-up. For a number of names one after the other; not thread safe.
/// </summary>
sealed class PatternMatcher
{
    /// <summary>How many states are remembered; some kilobyte each at most.</summary>
    const int MostStates = 1000;

    enum Before : byte
    {
        Start,
        Word,
        Newline,
        Other,
    }

    /// <summary>All places of the program that can have been reached, and what stands before.</summary>
    sealed class State(int[] places, Before before)
    {
        public int[] Places => places;
        public Before Before => before;
        public State?[]? Next;
        public bool? IsMatch;
    }

    const char End = '\uFFFF';

    readonly PatternProgram _program;
    readonly Dictionary<string, State> _states = new(StringComparer.Ordinal);
    readonly int[] _seen;
    readonly int[] _added;
    readonly Stack<int> _open = new();
    readonly List<int> _next = [];
    readonly State _start;
    int _mark;

    public PatternMatcher(PatternProgram program)
    {
        _program = program;
        _seen = new int[program.Steps.Count];
        _added = new int[program.Steps.Count];
        _start = Remember([program.Start], Before.Start);
    }

    /// <summary>How many steps of the program were looked at so far: a measure of the time taken, the same on every computer.</summary>
    public long StepCount { get; private set; }

    public bool Matches(string name)
    {
        var state = _start;
        foreach (var character in name)
        {
            if (state.Places.Length == 0) return false;
            state = character < 128 && (state.Next ??= new State?[128]) is { } known ? known[character] ??= Advance(state, character) : Advance(state, character);
            StepCount++;
        }
        return state.IsMatch ??= IsMatch(state);
    }

    State Advance(State state, char character)
    {
        _mark++;
        _next.Clear();
        foreach (var step in Closure(state, character))
        {
            if (step.Kind != StepKind.Character || !step.Set.Contains(character) || _added[step.Next] == _mark) continue;
            _added[step.Next] = _mark;
            _next.Add(step.Next);
        }
        _next.Sort();
        return Remember([.. _next], !_program.HasAssertions ? Before.Other : character == '\n' ? Before.Newline : AsciiSet.Word.Contains(character) ? Before.Word : Before.Other);
    }

    bool IsMatch(State state)
    {
        _mark++;
        foreach (var step in Closure(state, End))
            if (step.Kind == StepKind.Match) return true;
        return false;
    }

    State Remember(int[] places, Before before)
    {
        var key = string.Create(places.Length * 2 + 1, (places, before), static (span, from) =>
        {
            MemoryMarshal.AsBytes(from.places.AsSpan()).CopyTo(MemoryMarshal.AsBytes(span));
            span[^1] = (char)from.before;
        });
        if (_states.TryGetValue(key, out var known)) return known;
        // What other states remember of those that are forgotten here stays right.
        if (_states.Count >= MostStates) Forget();
        var state = new State(places, before);
        _states.Add(key, state);
        return state;
    }

    void Forget()
    {
        foreach (var state in _states.Values) state.Next = null;
        _states.Clear();
    }

    /// <summary>All steps that are reached from a state without reading a character, when <paramref name="next"/> is the one that stands there.</summary>
    IEnumerable<PatternStep> Closure(State state, char next)
    {
        _open.Clear();
        foreach (var place in state.Places) _open.Push(place);
        while (_open.TryPop(out var place))
        {
            if (_seen[place] == _mark) continue;
            _seen[place] = _mark;
            StepCount++;
            var step = _program.Steps[place];
            switch (step.Kind)
            {
                case StepKind.Fork:
                    _open.Push(step.Next);
                    _open.Push(step.Other);
                    break;
                case StepKind.Assertion:
                    if (Holds(step.Place, state.Before, next)) _open.Push(step.Next);
                    break;
                default:
                    yield return step;
                    break;
            }
        }
    }

    static bool Holds(Place place, Before before, char next) => place switch
    {
        Place.TextBegin => before == Before.Start,
        Place.TextEnd => next == End,
        Place.LineBegin => before is Before.Start or Before.Newline,
        Place.LineEnd => next is End or '\n',
        Place.WordEdge => before == Before.Word != AsciiSet.Word.Contains(next),
        _ => before == Before.Word == AsciiSet.Word.Contains(next),
    };
}
