import type { ReactNode } from 'react';
import { segmentsOf, isLonger } from '../card/hidden.js';
import { durationText, exactTime } from '../card/times.js';

export interface ShownProps {
  readonly text: string;
  /** Characters; what is left out is said. */
  readonly max?: number;
  /** Where all of it is to be seen. */
  readonly allAt?: string;
}

/** A text from outside, in a direction of its own so that it moves nothing around it, with every invisible character spelled out. */
export function Shown({ text, max = 600, allAt }: ShownProps): ReactNode {
  return (
    <bdi>
      {segmentsOf(text, max).map(({ text: part, isHidden }, i) => (isHidden ? <mark key={i} className="hidden-character" title="a character that cannot be seen">{part}</mark> : part))}
      {isLonger(text, max) && (
        <small className="left-out">… ({text.length.toLocaleString('en')} characters in all{allAt !== undefined && <>: <a href={allAt}>see all of it</a></>})</small>
      )}
    </bdi>
  );
}

/** A text in code's letters. */
export function Code(props: ShownProps): ReactNode {
  return <code><Shown {...props} /></code>;
}

/** A moment, as far away as it is from now; when exactly is in its title. */
export function Ago({ ms, nowMs }: { readonly ms: number; readonly nowMs: number }): ReactNode {
  return <time dateTime={new Date(ms).toISOString()} title={exactTime(ms)}>{durationText(nowMs - ms)} ago</time>;
}

/** How long there still is; counts down where there is a script. */
export function Left({ ms, nowMs }: { readonly ms: number; readonly nowMs: number }): ReactNode {
  return <time className="left" data-until={String(Math.round(ms))} dateTime={new Date(ms).toISOString()} title={exactTime(ms)}>{ms <= nowMs ? 'no time left' : `${durationText(ms - nowMs)} left`}</time>;
}

export function NoticeBox({ notice }: { readonly notice: { readonly kind: 'done' | 'refused'; readonly text: string } | undefined }): ReactNode {
  return notice && <div className={`notice ${notice.kind}`} role={notice.kind === 'refused' ? 'alert' : 'status'}><p><Shown text={notice.text} max={1_200} /></p></div>;
}
